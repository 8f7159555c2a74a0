
Bin0JM΄©(φSH"αχq½n°¦‹F